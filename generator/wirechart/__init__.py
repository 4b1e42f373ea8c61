"""Statecharts for wire protocols: one YAML spec, checked, drawn, generated and tested."""

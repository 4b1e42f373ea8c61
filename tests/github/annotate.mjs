// Reads a JSON array of [level, message, properties] on stdin; prints each as GitHub's toolkit does.
import { readFileSync } from "node:fs";
import * as core from "@actions/core";

for (const [level, message, properties] of JSON.parse(readFileSync(0, "utf8"))) core[level](message, properties);

// Reads JSON arrays of state diagrams, flowcharts and sequence diagrams, one a line, on stdin; for
// each prints a line, a JSON array of what Mermaid understood.
//
// Structure comes from Mermaid's parsed database. The text of a label comes from the picture,
// because only the renderer decodes entities and reads Markdown. jsdom has no layout: every box
// gets a made-up size, which moves things and changes no text.
import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!DOCTYPE html><body></body>", { pretendToBeVisual: true });
globalThis.window = window;
globalThis.document = window.document;
globalThis.CSSStyleSheet = class {
  cssRules = [];
  insertRule() {}
  replaceSync() {}
};
window.SVGElement.prototype.getBBox = () => ({ x: 0, y: 0, width: 80, height: 16 });
window.SVGElement.prototype.getComputedTextLength = () => 80;

const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict", layout: "dagre" });

function shown(element) {
  const copy = element.cloneNode(true);
  for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
  const paragraphs = [...copy.querySelectorAll("p")];
  return paragraphs.map((paragraph) => paragraph.textContent).join("\n\n") || copy.textContent;
}

function state(node, picture) {
  const id = node.domId ?? node.id; // a flowchart's boxes have only the second
  const drawn = picture.querySelector(`[id="diagram-${id}"], [id="${id}"]`);
  const label = drawn?.querySelector(".nodeLabel, .cluster-label, .label");
  return {
    id: node.id,
    shape: node.shape,
    parent: node.parentId ?? "",
    direction: node.dir ?? "",
    classes: node.cssClasses.split(" ").filter((name) => name && !name.startsWith("statediagram")),
    shown: label ? shown(label) : "",
  };
}

function edge(relation, picture) {
  const label = picture.querySelector(`.edgeLabel [data-id="${relation.id}"]`);
  return { source: relation.start, target: relation.end, shown: label ? shown(label) : "" };
}

// Requests, replies and notes, in their order; a note has no target.
function sequence(db, picture) {
  const texts = { note: [...picture.querySelectorAll(".noteText")], message: [...picture.querySelectorAll(".messageText")] };
  const edges = db.getMessages().map(({ from, to, placement }) => {
    const kind = placement === undefined ? "message" : "note";
    const drawn = texts[kind].shift();
    return { source: from, target: kind === "note" ? "" : to, shown: drawn ? drawn.textContent : "" };
  });
  const states = [...db.getActors().values()].map(({ name, description }) => ({
    id: name, shape: "participant", parent: "", direction: "", classes: [], shown: description,
  }));
  return { error: "", direction: "", states, edges };
}

async function understood(text) {
  try {
    const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
    if (diagram.type === "sequence") {
      const { svg } = await mermaid.render("diagram", text);
      return sequence(diagram.db, new window.DOMParser().parseFromString(svg, "text/html"));
    }
    const { nodes, edges, direction } = diagram.db.getData();
    const { svg } = await mermaid.render("diagram", text);
    const picture = new window.DOMParser().parseFromString(svg, "text/html");
    return {
      error: "",
      direction: direction ?? diagram.db.getDirection?.() ?? "",  // a flowchart keeps it elsewhere
      states: nodes.map((node) => state(node, picture)),
      edges: edges.map((relation) => edge(relation, picture)),
    };
  } catch (error) {
    return { error: String(error.message ?? error), direction: "", states: [], edges: [] };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answers = [];
  for (const text of JSON.parse(line)) answers.push(await understood(text));
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}

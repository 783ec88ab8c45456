import { createHash } from "node:crypto";

/** Draws the description at `/openapi.json` and sends requests with the token that is typed in. */
const SCRIPT = `
const el = (name, text, parent) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
};
const field = (label, parent, value) => {
  const box = el("label", label, parent);
  const input = el(value === undefined ? "input" : "textarea", "", box);
  if (value !== undefined) input.value = value;
  return input;
};
const api = await (await fetch("openapi.json")).json();
const resolve = (schema) => schema && schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
const main = document.querySelector("main");
const token = document.querySelector("#token");
el("p", api.info.title + " " + api.info.version + ". " + api.info.description, main);
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const section = el("details", "", main);
    const title = el("summary", "", section);
    el("code", method.toUpperCase() + " " + path, title);
    el("span", " " + (operation.summary || ""), title);
    const form = el("form", "", section);
    const inputs = (operation.parameters || []).map((parameter) => {
      const note = parameter.description || (parameter.schema && parameter.schema.description) || "";
      return { parameter, input: field(parameter.name + (note ? ": " + note : ""), form) };
    });
    const content = operation.requestBody && operation.requestBody.content["application/json"];
    let body;
    if (content) {
      const schema = resolve(content.schema);
      const example = Object.fromEntries((schema.required || []).map((name) => [name, ""]));
      body = field("body", form, JSON.stringify(example, null, 2));
      for (const [name, property] of Object.entries(schema.properties || {})) {
        el("small", name + ((schema.required || []).includes(name) ? " (required)" : "") +
          (property.description ? ": " + property.description : ""), form);
      }
    }
    el("button", "Send", form);
    const output = el("pre", "", section);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      let url = path.slice(1);
      const query = new URLSearchParams();
      for (const { parameter, input } of inputs) {
        if (parameter.in === "path") url = url.replace("{" + parameter.name + "}", encodeURIComponent(input.value));
        else if (parameter.in === "query" && input.value) query.set(parameter.name, input.value);
      }
      const headers = { Authorization: "Bearer " + token.value };
      if (body) headers["Content-Type"] = "application/json";
      const suffix = query.size ? "?" + query : "";
      const response = await fetch(url + suffix, { method: method.toUpperCase(), headers, body: body && body.value });
      output.textContent = response.status + " " + response.statusText + "\\n" + await response.text();
    });
  }
}
`;

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
details { border-bottom: 1px solid #ccc; padding: .4rem 0; }
summary { cursor: pointer; }
label, small { display: block; margin: .3rem 0; }
input, textarea { display: block; font: inherit; width: 100%; box-sizing: border-box; }
textarea { font-family: monospace; min-height: 8rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
`;

const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** A page to read and try the admin API, all of it served from here, with the policy that lets nothing else run. */
export const docsPage = {
  html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Mallard admin API</title><style>${STYLE}</style></head>
<body>
<h1>Mallard admin API</h1>
<label>Admin token <input id="token" type="password" autocomplete="off"></label>
<main></main>
<script type="module">${SCRIPT}</script>
</body>
</html>
`,
  policy:
    `default-src 'none'; script-src ${digest(SCRIPT)}; style-src ${digest(STYLE)}; connect-src 'self'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

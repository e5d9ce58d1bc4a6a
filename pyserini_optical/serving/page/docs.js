// The interface as openapi.json describes it.

function make(tag, ...children) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

function describe(path, method, operation, schemas) {
  const section = make("section", make("h3", make("code", `${method.toUpperCase()} ${path}`)), make("p", operation.description || operation.summary));
  const fields = (operation.parameters || []).map((each) => [each.name, each.required, each.description, each.schema]);
  const body = operation.requestBody?.content["application/json"].schema.$ref?.split("/").pop();
  for (const [name, schema] of Object.entries(schemas[body]?.properties || {})) {
    fields.push([name, schemas[body].required?.includes(name), schema.description, schema]);
  }
  if (fields.length) {
    section.append(make("dl", ...fields.flatMap(([name, required, text, schema]) => {
      const fallback = required ? ", required" : schema.default != null ? `, by default ${schema.default}` : "";
      return [make("dt", make("code", name)), make("dd", (text || name).replace(/\.$/, ""), fallback, ".")];
    })));
  }
  return section;
}

const described = await (await fetch("openapi.json")).json();
document.getElementById("about").textContent = `${described.info.description} Errors are answered as {"error": "what is wrong and how to fix it"}.`;
for (const [path, methods] of Object.entries(described.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    document.getElementById("paths").append(describe(path, method, operation, described.components?.schemas || {}));
  }
}

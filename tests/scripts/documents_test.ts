import { expect } from "expect";
import { codeBlocks, commandsIn, filesIn } from "../support/code_blocks.ts";

const PAGE = `# Title

\`\`\`sh
npm install one two   # both
node a.js
\`\`\`

## Section

\`\`\`js
// src/a.js
first();
\`\`\`

\`\`\`html
<!-- index.html -->
<p>
\`\`\`

\`\`\`js ignore
// not a file: a sentence
other();
\`\`\`

\`\`\`js
// src/a.js
second();
\`\`\`

\`\`\`sh
run --with \\
  many
\`\`\`
`;

Deno.test("codeBlocks() gives each block its language, its heading and its file", () => {
  const seen = codeBlocks(PAGE).map(({ language, attributes, heading, file }) => [
    language,
    attributes,
    heading,
    file,
  ]);
  expect(seen).toEqual([
    ["sh", [], "Title", undefined],
    ["js", [], "Section", "src/a.js"],
    ["html", [], "Section", "index.html"],
    ["js", ["ignore"], "Section", undefined],
    ["js", [], "Section", "src/a.js"],
    ["sh", [], "Section", undefined],
  ]);
});

Deno.test("filesIn() returns the last text of each file", () => {
  expect(Object.fromEntries(filesIn(codeBlocks(PAGE)))).toEqual({
    "src/a.js": "// src/a.js\nsecond();\n",
    "index.html": "<!-- index.html -->\n<p>\n",
  });
});

Deno.test("commandsIn() omits comments, and joins continued lines", () => {
  expect(commandsIn(codeBlocks(PAGE))).toEqual([
    "npm install one two",
    "node a.js",
    "run --with many",
  ]);
});

Deno.test("codeBlocks() rejects a block that does not end", () => {
  expect(() => codeBlocks("# Title\n\n```js\nfirst();\n")).toThrow('a block under "Title" is open');
});

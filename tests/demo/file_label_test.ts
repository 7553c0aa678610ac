import { expect } from "expect";
import { FILE_BYTES_MAX, type FileInfo, fileOf, labelOf } from "../../demo/file_label.ts";

const FILE: FileInfo = {
  id: "f-1",
  name: "a.png",
  bytes: 3,
  mediaType: "image/png",
  audience: "you",
};

Deno.test("fileOf() parses the label of labelOf()", () => {
  expect(fileOf(labelOf(FILE))).toEqual(FILE);
  const text = { ...FILE, audience: "all", mediaType: "text/plain; charset=utf-8" } as const;
  expect(fileOf(labelOf(text))).toEqual({ ...text, mediaType: "text/plain" });
  const nothing = { ...FILE, mediaType: "", bytes: 0 };
  expect(fileOf(labelOf(nothing))).toEqual({ ...nothing, mediaType: "application/octet-stream" });
});

Deno.test("fileOf() returns undefined for other streams, and for files that are too large", () => {
  const label = labelOf(FILE);
  for (
    const other of [
      { ...label, type: "image/png" },
      { ...label, type: `${label.type}x` },
      { ...label, type: "image/png; file=<script>; to=all" },
      { ...label, size: undefined },
      { ...label, size: FILE_BYTES_MAX + 1 },
      { ...label, name: "" },
      { ...label, name: "a".repeat(256) },
    ]
  ) {
    expect(fileOf(other)).toBeUndefined();
  }
});

import { expect } from "expect";
import { propertyNamesOf } from "../../scripts/internal_names.ts";
import { pathOf } from "../../scripts/build_browser.ts";

const ENTRY = pathOf(new URL("../support/internal_names_program.ts", import.meta.url));

Deno.test("propertyNamesOf() finds exactly the names that only the program uses", () => {
  expect(propertyNamesOf(ENTRY).internal).toEqual([
    "internalArgument",
    "internalField",
    "internalMethod",
    "internalOfMap",
    "internalOfShared",
    "internalOption",
  ]);
});

Deno.test("propertyNamesOf() excludes names of types that builds share", () => {
  const path = pathOf(new URL("../support/internal_names_shared.ts", import.meta.url));
  const { internal } = propertyNamesOf(ENTRY, [{ path, name: "Shared" }]);
  expect(internal).toContain("internalOption");
  expect(internal).not.toContain("internalOfShared");
  const missing = () => propertyNamesOf(ENTRY, [{ path, name: "Missing" }]);
  expect(missing).toThrow(`Cannot find Missing in ${path}`);
});

Deno.test("propertyNamesOf() excludes names of platform properties", () => {
  const { taken } = propertyNamesOf(ENTRY);
  // Of Array, of DOMMatrix, of DOMPoint, and of the program itself.
  for (const name of ["at", "a", "x", "publicMethod"]) expect([...taken]).toContain(name);
});

Deno.test("propertyNamesOf() rejects a program with type errors", () => {
  const missing = `${ENTRY}.missing.ts`;
  expect(() => propertyNamesOf(missing)).toThrow("Cannot check the types");
});

import { expect } from "expect";
import { BLOBS, drawFile, drawId, sha256Of } from "../../demo/files.ts";
import { HASHES, openFile } from "../../demo/hashes.ts";

/** FIPS 180-4, for "abc". */
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("drawFile() is random to its last byte", async () => {
  const file = drawFile(3_000_001, "random.bin");
  expect([file.size, file.name]).toEqual([3_000_001, "random.bin"]);
  const end = new Uint8Array(await file.slice(-16).arrayBuffer());
  expect(end.some((byte) => byte !== 0)).toBe(true);
});

for (const [name, shelf] of [["BLOBS", BLOBS], ["HASHES", HASHES]] as const) {
  Deno.test(`${name} hashes a file while it is received, and while it is sent`, async () => {
    const keeper = shelf.keep("text/plain");
    for (const letter of "abc") keeper.add(encode(letter));
    expect((await keeper.finish()).sha256).toBe(ABC);
    expect(await shelf.hash(new File(["abc"], "abc.txt"))).toBe(ABC);
  });
}

Deno.test("BLOBS keeps chunks in order, and the type", async () => {
  const file = drawFile(2_500_000, "random.bin");
  const keeper = BLOBS.keep("image/png");
  for await (const bytes of file.stream()) keeper.add(bytes);
  const { content, sha256 } = await keeper.finish();
  expect([content?.size, content?.type]).toEqual([2_500_000, "image/png"]);
  expect([sha256, await sha256Of(content!)]).toEqual([await sha256Of(file), sha256]);
});

Deno.test("openFile() reads a local file, each time from its beginning", async () => {
  const path = await Deno.makeTempFile({ suffix: ".txt" });
  try {
    await Deno.writeTextFile(path, "abc");
    const file = await openFile(path);
    expect([file.size, file.name]).toEqual([3, path.split("/").at(-1)]);
    expect([await HASHES.hash(file), await HASHES.hash(file)]).toEqual([ABC, ABC]);
  } finally {
    await Deno.remove(path);
  }
  await expect(openFile(path)).rejects.toThrow();
  await expect(openFile(Deno.cwd())).rejects.toThrow("it is no file");
});

Deno.test("BLOBS keeps a file without a hash if there is no WebCrypto", async () => {
  const subtle = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(crypto), "subtle")!;
  // Pages loaded by http from another machine have no `crypto.subtle`.
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
  try {
    const keeper = BLOBS.keep("");
    keeper.add(encode("abc"));
    const { content, sha256 } = await keeper.finish();
    expect([await content?.text(), sha256]).toEqual(["abc", undefined]);
    expect(await BLOBS.hash(new File(["abc"], "abc.txt"))).toBeUndefined();
  } finally {
    Object.defineProperty(crypto, "subtle", subtle);
  }
});

Deno.test("drawId() returns a new id each time, which fits into a label", () => {
  const ids = Array.from({ length: 1_000 }, drawId);
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { encodeSignaling } from "../../src/wire/signaling.ts";

const DECODE = new URL("../../scripts/decode.ts", import.meta.url).pathname;

async function decode(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", DECODE, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

const FRAME = encodeEnvelope({
  sender: asMemberId(5),
  recipient: asMemberId(6),
  service: Service.FULL_MESH,
  content: encodeMeshMessage({ type: "leave" }),
  hopLimit: 3,
});

Deno.test("deno task decode shows a frame between members", async () => {
  const { code, out } = await decode("--as", "member", FRAME.toHex());
  expect([code, out]).toEqual([
    0,
    "as member:\n  service 74315 (full mesh) {sender:5,recipient:6,hopLimit:3}\n    {type:leave}\n",
  ]);
});

Deno.test("deno task decode shows a frame forwarded by the server, with colons in the hex", async () => {
  const bytes = encodeSignaling({
    type: "content",
    sender: undefined,
    recipient: undefined,
    last: true,
    data: FRAME,
  });
  const hex = bytes.toHex().replaceAll(/(..)(?=.)/g, "$1:");
  const { code, out } = await decode("--as", "signaling", hex);
  expect(code).toBe(0);
  expect(out).toContain("{type:content,last:true,data:");
  expect(out).toContain("{type:leave}");
});

Deno.test("deno task decode rejects malformed hex, and explains a malformed frame", async () => {
  const refused = await decode("xyz");
  expect([refused.code, refused.error]).toEqual([
    2,
    'Cannot decode: bytes as pairs of hex digits expected, "xyz" came\n',
  ]);
  const broken = await decode("--as", "handshake", "ff");
  expect(broken.code).toBe(1);
  expect(broken.error).toContain("as handshake: Cannot decode");
  expect((await decode("--as", "nothing", "00")).code).toBe(2);
});

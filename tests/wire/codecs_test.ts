// Encodes and decodes every message with this library and with protobufjs, and compares them.

import { expect } from "expect";
import { ProtocolError } from "../../src/base/errors.ts";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { FULL_MESH_MEMBERS_MAX, ICE_SERVERS_MAX, ICE_URLS_MAX } from "../../src/base/limits.ts";
import { decodeConnect, encodeConnect } from "../../src/wire/connect_message.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { decodeIce, encodeIce, type IceServerConfig } from "../../src/wire/ice.ts";
import { decodeJoinHandshake, encodeJoinHandshake } from "../../src/wire/join_handshake.ts";
import { decodeLegacyMessage } from "../../src/wire/legacy_message.ts";
import { decodeMeshMessage, encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { decodeRtcSignal } from "../../src/wire/rtc_signal.ts";
import { decodeSessionFrame } from "../../src/wire/session_frame.ts";
import { decodeSignaling } from "../../src/wire/signaling.ts";
import { fc } from "../support/fast_check.ts";
import { KINDS } from "./messages.ts";
import { decodePlain, encodePlain } from "./schema.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function codeOf(body: () => void): string {
  try {
    body();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

/** Numbers that no version of any message uses. */
const unknownFields = fc.array(
  fc.constantFrom("a00601", "a20603010203", "a1060102030405060708", "a50601020304", "a306a406"),
  { maxLength: 3 },
).map((fields) => hex(fields.join("")));

for (const { name, encode, decode, messages, plain } of KINDS) {
  Deno.test(`${name}: decode() returns the encoded value`, () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decode(encode(message))).toEqual(message);
      }),
      { numRuns: 500 },
    );
  });

  Deno.test(`${name}: protobufjs decodes the output of encode()`, () => {
    fc.assert(
      fc.property(messages, (message) => {
        // Both through protobufjs, so that absent fields and defaults look the same.
        const expected = decodePlain(name, encodePlain(name, plain(message)));
        expect(decodePlain(name, encode(message))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  Deno.test(`${name}: decode() decodes the output of protobufjs`, () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decode(encodePlain(name, plain(message)))).toEqual(message);
      }),
      { numRuns: 500 },
    );
  });

  Deno.test(`${name}: decode() skips unknown fields, before and after the others`, () => {
    fc.assert(fc.property(messages, unknownFields, unknownFields, (message, before, behind) => {
      const bytes = Uint8Array.from([...before, ...encode(message), ...behind]);
      expect(decode(bytes)).toEqual(message);
    }));
  });

  Deno.test(`${name}: decode() uses the last of two concatenated messages`, () => {
    fc.assert(fc.property(messages, messages, (one, other) => {
      const both = decode(Uint8Array.from([...encode(one), ...encode(other)]));
      const typeOf = (message: unknown): unknown => Object(message).type;
      // "End" is a message without fields, equal to its absence.
      if (typeOf(other) !== "end") expect(typeOf(both)).toBe(typeOf(other));
    }));
  });
}

Deno.test("decodeSignaling() distinguishes false from absent", () => {
  expect(decodeSignaling(hex("2000"))).toEqual({ type: "connected", connected: false });
  expect(decodeSignaling(hex("0800"))).toEqual({ type: "heartbeat" });
});

Deno.test("decodeSignaling() treats empty data as absent", () => {
  const withoutData = { type: "content", sender: 1, last: false };
  expect(decodeSignaling(hex("12020801"))).toEqual(withoutData);
  expect(decodeSignaling(hex("120408012200"))).toEqual(withoutData);
});

Deno.test("decodeRtcSignal() treats an empty message as the end", () => {
  expect(decodeRtcSignal(hex(""))).toEqual({ type: "end" });
});

Deno.test("decodeEnvelope() treats an empty message as a heartbeat to everyone", () => {
  expect(decodeEnvelope(hex(""))).toEqual({
    sender: undefined,
    recipient: "everyone",
    service: 0,
    content: new Uint8Array(0),
    hopLimit: undefined,
  });
});

Deno.test("decoders reject a message of unknown type", () => {
  for (
    const decode of [
      decodeSignaling,
      decodeConnect,
      decodeMeshMessage,
      decodeJoinHandshake,
      decodeLegacyMessage,
    ]
  ) {
    for (const bytes of ["", "a00601", "a20603010203"]) {
      expect(codeOf(() => decode(hex(bytes)))).toBe("UNEXPECTED");
    }
  }
});

Deno.test("decodeJoinHandshake() does not take other frames whose field 2 is a number for an initPong", () => {
  const envelope = encodeEnvelope({
    sender: asMemberId(1),
    recipient: asMemberId(5),
    service: Service.USER,
    content: hex("01"),
    hopLimit: undefined,
  });
  for (const bytes of [envelope, hex("10050801"), hex("0a0410011801120100")]) {
    expect(codeOf(() => decodeJoinHandshake(bytes))).toBe("UNEXPECTED");
  }
});

Deno.test("decodeLegacyMessage() ignores a chunk field that is a number, and keeps the content", () => {
  expect(decodeLegacyMessage(hex("1a01612001"))).toMatchObject({
    type: "full",
    content: hex("61"),
  });
  expect(decodeLegacyMessage(hex("22070801100022016118012801"))).toMatchObject({
    type: "chunk",
    id: 1,
  });
});

Deno.test("decodeJoinHandshake() rejects ids that are 0", () => {
  expect(codeOf(() => decodeJoinHandshake(hex("1000")))).toBe("UNEXPECTED");
  expect(codeOf(() => decodeJoinHandshake(hex("0a0210011801")))).toBe("MALFORMED");
  expect(codeOf(() => decodeJoinHandshake(hex("0a0410001801")))).toBe("MALFORMED");
});

Deno.test("decodeLegacyMessage() rejects a type that is neither string nor bytes", () => {
  expect(codeOf(() => decodeLegacyMessage(hex("10021a0161")))).toBe("UNEXPECTED");
});

Deno.test("decodeConnect() rejects a negotiation without an initiator", () => {
  expect(codeOf(() => decodeConnect(hex("0a00")))).toBe("MALFORMED");
});

Deno.test("decoders omit ids that are 0 from lists", () => {
  expect(decodeMeshMessage(hex("0a050a03000102"))).toEqual({ type: "members", ids: [1, 2] });
  expect(decodeJoinHandshake(hex("0a0910011802220300010a"))).toMatchObject({ members: [1, 10] });
  expect(decodeConnect(hex("1206080112020005"))).toMatchObject({
    request: { adjacent: [5] },
  });
});

Deno.test("decodeIce() omits entries beyond its limits, and fields of another type", () => {
  const servers = Array.from(
    { length: ICE_SERVERS_MAX + 1 },
    (_, index) => ({ urls: [`${index}`] }),
  );
  const urls = Array.from({ length: ICE_URLS_MAX + 1 }, (_, index) => `${index}`);
  const decoded = (servers: IceServerConfig["servers"]) =>
    decodeIce(encodeIce({ servers, lifetimeS: 1 })).servers;
  expect(decoded(servers)).toEqual(servers.slice(0, ICE_SERVERS_MAX));
  expect(decoded([{ urls }])).toEqual([{ urls: urls.slice(0, ICE_URLS_MAX) }]);
  expect(decodeIce(hex("0a05" + "0801" + "220161"))).toEqual({
    servers: [{ urls: [] }],
    lifetimeS: 0,
  });
});

Deno.test("decoders truncate lists of members to the size of a full mesh", () => {
  const ids = Array.from({ length: 16_000 }, (_, index) => asMemberId(index + 1));
  const first = ids.slice(0, FULL_MESH_MEMBERS_MAX);
  const [group, member, version] = [asGroupId(7), asMemberId(9), 5];
  const ping = { type: "initPing", topology: 0, group, member, key: "k", version } as const;
  expect(decodeJoinHandshake(encodeJoinHandshake({ ...ping, members: ids, v5Members: ids })))
    .toEqual({ ...ping, members: first, v5Members: first });
  for (const type of ["members", "adjacentMembers"] as const) {
    expect(decodeMeshMessage(encodeMeshMessage({ type, ids }))).toEqual({ type, ids: first });
  }
  const request = { id: member, adjacent: ids };
  expect(decodeConnect(encodeConnect({ type: "request", request, version })))
    .toMatchObject({ request: { id: member, adjacent: first } });
});

Deno.test("decodeSessionFrame() treats a chunk of another wire type as unknown", () => {
  const fields = ["4000", "410102030405060708", "5200", "6000", "8d0101020304", "f80300"];
  const { chunks } = decodeSessionFrame(hex(`0807${fields.join("")}`));
  expect(chunks).toEqual([8, 8, 10, 12, 17, 63].map((field) => ({ type: "unknown", field })));
});

Deno.test("decodeSessionFrame() reads the size of a stream with one half missing", () => {
  const sizeOf = (text: string) => {
    const { chunks: [chunk] } = decodeSessionFrame(hex(`0807${text}`));
    return chunk?.type === "open" ? chunk.info.size : "no stream";
  };
  expect(sizeOf("6200")).toBe(undefined);
  expect(sizeOf("62022001")).toBe(1);
  expect(sizeOf("62022801")).toBe(2 ** 32);
  expect(codeOf(() => sizeOf("62062880808001"))).toBe("MALFORMED");
});

Deno.test("decodeSessionFrame() rejects a frame without an epoch", () => {
  expect(codeOf(() => decodeSessionFrame(hex("1001")))).toBe("MALFORMED");
});

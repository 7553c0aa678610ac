import { expect } from "expect";
import protobuf from "protobufjs";
import { channelMessage } from "../../src/wire/channel_message.ts";
import { clusterMessage } from "../../src/wire/cluster.ts";
import { connectMessage } from "../../src/wire/connect_message.ts";
import { iceServerConfig } from "../../src/wire/ice.ts";
import { joinHandshake } from "../../src/wire/join_handshake.ts";
import { legacyMessage } from "../../src/wire/legacy_message.ts";
import { meshMessage } from "../../src/wire/mesh_message.ts";
import type { Part } from "../../src/wire/protobuf_schema.ts";
import { rtcSignal } from "../../src/wire/rtc_signal.ts";
import { chunkSchema } from "../../src/wire/session_frame.ts";
import { signaling } from "../../src/wire/signaling.ts";
import { root } from "./schema.ts";

const SCHEMAS: Readonly<Record<string, Part<unknown>>> = {
  Signaling: signaling,
  Ice: iceServerConfig,
  ChannelBuilder: connectMessage,
  DataChannelBuilder: rtcSignal,
  Handshake: joinHandshake,
  FullMesh: meshMessage,
  User: legacyMessage,
  ChannelMessage: channelMessage,
  Cluster: clusterMessage,
};

/** Fields by number, and those of nested messages; codecs_test.ts checks their types. */
interface Tree {
  readonly [number: number]: Tree | "value";
}

function treeOfSchema({ fields }: Part<unknown>): Tree {
  return Object.fromEntries(
    fields.map(({ tag, schema }) => [tag >>> 3, schema ? treeOfSchema(schema) : "value"]),
  );
}

function treeOfProto(type: protobuf.Type): Tree {
  return Object.fromEntries(type.fieldsArray.map((field) => {
    const { id, resolvedType } = field.resolve();
    return [id, resolvedType instanceof protobuf.Type ? treeOfProto(resolvedType) : "value"];
  }));
}

for (const [name, schema] of Object.entries(SCHEMAS)) {
  Deno.test(`docs/netflux.proto has the fields of the schema of ${name}`, () => {
    expect(treeOfProto(root.lookupType(name))).toEqual(treeOfSchema(schema));
  });
}

Deno.test("docs/netflux.proto has the chunks of a session's schema", () => {
  const tree = treeOfProto(root.lookupType("Session"));
  const { 8: text, 9: bytes, 18: channel, 19: latest, 20: begin, 63: later, ...others } = tree;
  expect(new Set([text, bytes, channel, latest, begin, later])).toEqual(new Set(["value"]));
  const isChunk = (field: number) => field >= 8 && field <= 63;
  const chunks = Object.entries(others).filter(([field]) => isChunk(Number(field)));
  expect(Object.fromEntries(chunks)).toEqual(treeOfSchema(chunkSchema));
});

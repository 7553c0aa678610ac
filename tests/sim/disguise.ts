// Lets peers appear as Netflux 4 peers: removes from the frames from and to them all that Netflux 4
// does not know, and the hop limit of the frames that they relay.

import { ProtocolError } from "../../src/base/errors.ts";
import { decodeConnect, encodeConnect } from "../../src/wire/connect_message.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope, Service } from "../../src/wire/envelope.ts";
import { decodeJoinHandshake, encodeJoinHandshake } from "../../src/wire/join_handshake.ts";
import { decodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { decodeSignaling, encodeSignaling } from "../../src/wire/signaling.ts";
import { SERVER } from "../../src/testing/world.ts";
import type { SimNetwork } from "./sim_network.ts";

/** The names of peers that appear as Netflux 4 peers begin with this. */
export const DEPLOYED = "deployed";

export function disguise({ peers, world }: SimNetwork): void {
  const isDeployed = (name: string) => name.startsWith(DEPLOYED);
  const isDeployedId = (id: unknown) =>
    peers.some(({ group, name }) => isDeployed(name) && group.myId === id);
  world.replaceSent = (from, frame, to) => {
    try {
      if (!isDeployed(from) && !isDeployed(to)) return frame;
      if (from === SERVER || to === SERVER) return withoutV5(frame);
      const handshake = readHandshake(frame);
      if (handshake !== undefined) return handshake;
      const envelope = decodeEnvelope(frame);
      const { recipient, sender } = envelope;
      const isForDeployed = isDeployedId(sender) || isDeployedId(recipient);
      const known = isForDeployed ? knownToDeployed(envelope) : envelope;
      const hopLimit = isDeployed(from) ? undefined : envelope.hopLimit;
      return known && encodeEnvelope({ ...known, hopLimit });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return frame;
    }
  };
}

function withoutV5(frame: Uint8Array): Uint8Array {
  const message = decodeSignaling(frame);
  switch (message.type) {
    case "connect":
      return encodeSignaling({ ...message, version: undefined, calmS: undefined });
    case "connected":
      return encodeSignaling({ ...message, anew: undefined, calmS: undefined });
    case "heartbeat":
      return encodeSignaling({ type: "heartbeat" });
    case "content": {
      const known = message.data && knownToDeployed(decodeEnvelope(message.data));
      return encodeSignaling({ ...message, data: known && encodeEnvelope(known) });
    }
  }
}

/** Returns `undefined` for a message that Netflux 4 ignores. */
function knownToDeployed(envelope: Envelope): Envelope | undefined {
  const { content, service } = envelope;
  if (service === Service.SESSION || service === Service.UNRELIABLE) return undefined;
  if (service === Service.FULL_MESH) {
    const { type } = decodeMeshMessage(content);
    return type === "leave" || type === "ping" || type === "ack" ? undefined : envelope;
  }
  if (service !== Service.CHANNEL_BUILDER) return envelope;
  const message = decodeConnect(content);
  const known = message.type === "request"
    ? { ...message, version: undefined, initiator: undefined }
    : message.type === "response"
    ? { ...message, version: undefined, member: undefined }
    : { ...message, version: undefined };
  return { ...envelope, content: encodeConnect(known) };
}

/** The first frames of a channel begin with fields that no other frame begins with. */
function readHandshake(frame: Uint8Array): Uint8Array | undefined {
  if (frame[0] !== INIT_PING && frame[0] !== INIT_PONG) return undefined;
  const message = decodeJoinHandshake(frame);
  return encodeJoinHandshake(
    message.type === "initPing"
      ? { ...message, v5Members: [], version: undefined }
      : { ...message, epoch: undefined, version: undefined },
  );
}

const INIT_PING = 0x0a;
const INIT_PONG = 0x10;

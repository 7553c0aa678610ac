// The world of a test network: every host is a signaling server, and heartbeats are not traffic.

import { ProtocolError } from "../base/errors.ts";
import { consoleLog } from "../platform/log.ts";
import type { Log } from "../platform/platform.ts";
import { decodeEnvelope, Service } from "../wire/envelope.ts";
import { decodeMeshMessage } from "../wire/mesh_message.ts";
import { decodeSessionFrame } from "../wire/session_frame.ts";
import { decodeSignaling } from "../wire/signaling.ts";
import { TestSignalingServer } from "./signaling_server.ts";
import { SERVER, type Server, SimWorld } from "./world.ts";

export class TestWorld extends SimWorld {
  readonly #servers = new Map<string, Server>();

  override logOf(name: string): Log {
    return { ...consoleLog, note: (area, text) => consoleLog.note(area, `${name}: ${text}`) };
  }

  override serverOf(host: string): Server {
    const known = this.#servers.get(host);
    if (known !== undefined) return known;
    const machine = this.addMachine(`${SERVER} ${host}`);
    const server = { machine, handler: new TestSignalingServer(machine.platform) };
    this.#servers.set(host, server);
    return server;
  }

  override isTraffic(from: string, to: string, frame: Uint8Array): boolean {
    try {
      const isSignaling = from.startsWith(SERVER) || to.startsWith(SERVER);
      return isSignaling ? decodeSignaling(frame).type === "content" : isContent(frame);
    } catch (error) {
      if (error instanceof ProtocolError) return true;
      throw error;
    }
  }
}

/** Whether a frame has content: heartbeats, gossip and mere ACKs do not. */
function isContent(frame: Uint8Array): boolean {
  const { content, service } = decodeEnvelope(frame);
  switch (service) {
    case Service.HEARTBEAT:
      return false;
    case Service.FULL_MESH:
      return decodeMeshMessage(content).type === "leave";
    case Service.SESSION:
      return decodeSessionFrame(content).chunks.length > 0;
    default:
      return true;
  }
}

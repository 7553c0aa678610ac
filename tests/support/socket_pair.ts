import type { DialSink } from "../../src/transport/channel.ts";
import { acceptSocket } from "../../src/transport/accepted_socket_channel.ts";
import { dialSocket } from "../../src/transport/socket_channel.ts";
import type { Pair } from "../conformance/channel.ts";
import { FlakyProxy } from "./flaky_proxy.ts";
import { TrackedChannel } from "./tracked_channel.ts";

export type SocketEnd = "client" | "server";

/** Opens a WebSocket through a network that can be cut. */
export async function makeSocketPair(a: SocketEnd): Promise<Pair> {
  const accepted = Promise.withResolvers<TrackedChannel>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    acceptSocket(socket, settle(accepted));
    return response;
  });
  const network = new FlakyProxy(server.addr.port);
  const dialed = Promise.withResolvers<TrackedChannel>();
  dialSocket(WebSocket, `ws://127.0.0.1:${network.port}/`, settle(dialed));
  const ends = await Promise.all([dialed.promise, accepted.promise]);
  const [first, second] = a === "client" ? ends : ends.toReversed() as typeof ends;
  return {
    a: first,
    b: second,
    kill: () => network.cut(),
    async cleanUp() {
      await first.cleanUp();
      await second.cleanUp();
      await network.close();
      await server.shutdown();
    },
  };
}

function settle(promise: PromiseWithResolvers<TrackedChannel>): DialSink {
  return {
    opened: (channel) => promise.resolve(new TrackedChannel(channel)),
    failed: (reason) => promise.reject(new Error(reason)),
  };
}

import { webTransport } from "../../src/transport/web.ts";
import type { RtcOptions } from "../../src/transport/transport.ts";
import { echo } from "./echo.ts";

export interface CrossRuntimeScope {
  /**
   * Carries signals as JSON over a WebSocket to its server. Resolves with the end of the channel.
   * Each frame is answered by {@linkcode echo}.
   */
  meet(role: RtcOptions["role"]): Promise<string>;
}

const scope: CrossRuntimeScope = {
  meet: (role) =>
    new Promise((resolve, reject) => {
      const signaling = new WebSocket(`ws://${location.host}/signaling`);
      const options: RtcOptions = { role, label: "meeting", configuration: {} };
      signaling.onopen = () => {
        const dial = webTransport().dialRtc(options, {
          signalGenerated: (signal) => signaling.send(JSON.stringify(signal)),
          failed: (reason) => reject(new Error(reason)),
          opened(channel) {
            channel.listen({
              received: (frame) => echo(channel, frame),
              bufferedAmountLow() {},
              closed: ({ clean, reason }) => resolve(`${clean ? "clean" : "unclean"}: ${reason}`),
            });
          },
        });
        signaling.onmessage = ({ data }) => dial.receive(JSON.parse(data));
      };
    }),
};
Object.assign(globalThis, scope);

// Opens, uses and closes a data channel. Then the process must end.

import type { Channel } from "../../src/transport/channel.ts";
import { nodeDatachannelTransport } from "../../src/transport/node_datachannel.ts";
import type { RtcDial, RtcOptions } from "../../src/transport/transport.ts";
import type { RtcSignal } from "../../src/wire/rtc_signal.ts";

const transport = nodeDatachannelTransport();
const other: { offerer?: RtcDial } = {};
const answerer = dial("answerer", (signal) => other.offerer?.receive(signal), (channel) => {
  let frames = 0;
  channel.listen({
    received: () => frames++,
    bufferedAmountLow() {},
    // The program's whole output.
    // deno-lint-ignore no-console
    closed: () => console.log(`the other side: ${frames} frame`),
  });
});
other.offerer = dial("offerer", (signal) => answerer.receive(signal), (channel) => {
  channel.listen({ received() {}, bufferedAmountLow() {}, closed() {} });
  channel.send(Uint8Array.of(1));
  channel.close();
});
// Cancelled dials leave nothing behind either.
dial("offerer", () => {}, () => {}).cancel();
dial("answerer", () => {}, () => {}).cancel();
const third = dial("offerer", () => setTimeout(() => third.cancel()), () => {});

function dial(
  role: RtcOptions["role"],
  signal: (signal: RtcSignal) => void,
  opened: (channel: Channel) => void,
): RtcDial {
  return transport.dialRtc({ role, label: "", configuration: {} }, {
    signalGenerated: signal,
    opened,
    failed(reason) {
      throw new Error(reason);
    },
  });
}

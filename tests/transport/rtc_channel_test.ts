import { expect } from "expect";
import { UNLOAD_BYTES, UNLOAD_MS } from "../../src/base/limits.ts";
import { RtcChannel } from "../../src/transport/rtc_channel.ts";

class FakeDataChannel extends EventTarget {
  bufferedAmount = 0;
  readyState = "open";

  send(frame: Uint8Array): void {
    this.bufferedAmount += frame.length;
  }

  close(): void {
    this.readyState = "closed";
  }
}

class FakeConnection extends EventTarget {
  connectionState = "connected";

  close(): void {
    this.connectionState = "closed";
  }
}

function channelOf(connection: FakeConnection, dataChannel: FakeDataChannel): RtcChannel {
  return new RtcChannel(
    connection as unknown as RTCPeerConnection,
    dataChannel as unknown as RTCDataChannel,
  );
}

Deno.test("abort() closes the connection at once if few bytes are buffered", () => {
  const [connection, dataChannel] = [new FakeConnection(), new FakeDataChannel()];
  const channel = channelOf(connection, dataChannel);
  dataChannel.bufferedAmount = UNLOAD_BYTES + 1;
  channel.abort();
  expect([connection.connectionState, dataChannel.readyState]).toEqual(["connected", "open"]);
  dataChannel.bufferedAmount = UNLOAD_BYTES;
  channel.abort();
  expect([connection.connectionState, dataChannel.readyState]).toEqual(["closed", "closed"]);
});

Deno.test("abort() waits once for the channels of a group, and again for those of the next one", () => {
  const { now } = performance;
  let time = 1_000;
  // Each look at the clock takes 1 ms.
  performance.now = () => ++time;
  try {
    const dataChannels = [1, 2, 3, 4].map(() => new FakeDataChannel());
    const channels = dataChannels.map((one) => channelOf(new FakeConnection(), one));
    const waits = [channels.slice(0, 2), channels.slice(2)].map((ofGroup) => {
      for (const channel of ofGroup) channel.send(new Uint8Array(5));
      return ofGroup.map((channel) => {
        const start = time;
        channel.abort();
        return time - start >= UNLOAD_MS;
      });
    });
    expect(waits).toEqual([[true, false], [true, false]]);
  } finally {
    performance.now = now;
  }
});

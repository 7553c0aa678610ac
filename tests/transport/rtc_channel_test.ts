import { expect } from "expect";
import { RtcChannel } from "../../src/transport/rtc_channel.ts";

class FakeDataChannel extends EventTarget {
  bufferedAmount = 0;
  readyState = "open";

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

Deno.test("abort() closes the connection only when no frame is buffered", () => {
  const [connection, dataChannel] = [new FakeConnection(), new FakeDataChannel()];
  const channel = new RtcChannel(
    connection as unknown as RTCPeerConnection,
    dataChannel as unknown as RTCDataChannel,
  );
  dataChannel.bufferedAmount = 5;
  channel.abort();
  expect([connection.connectionState, dataChannel.readyState]).toEqual(["connected", "open"]);
  dataChannel.bufferedAmount = 0;
  channel.abort();
  expect([connection.connectionState, dataChannel.readyState]).toEqual(["closed", "closed"]);
});

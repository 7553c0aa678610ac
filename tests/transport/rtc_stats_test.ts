import { expect } from "expect";
import { whenSctpReady } from "../../src/transport/rtc_stats.ts";

Deno.test("whenSctpReady() polls while the data channel is connecting", async () => {
  const { connection, asked } = scripted(["connecting", "connecting", "open", "open"]);
  await whenSctpReady(connection);
  expect(asked()).toBe(3);
});

Deno.test("whenSctpReady() trusts a connection without statistics of data channels", async () => {
  const { connection, asked } = scripted([undefined]);
  await whenSctpReady(connection);
  expect(asked()).toBe(1);
});

Deno.test("whenSctpReady() does not wait for statistics that fail", async () => {
  const connection = { getStats: () => Promise.reject(new Error("closed")) };
  await whenSctpReady(connection as unknown as RTCPeerConnection);
});

Deno.test("whenSctpReady() gives up on a connection that never reports open", async () => {
  const { connection, asked } = scripted(Array.from({ length: 1_000 }, () => "connecting"));
  await whenSctpReady(connection);
  expect(asked()).toBeLessThan(100);
});

function scripted(states: readonly (string | undefined)[]) {
  let asked = 0;
  const getStats = () => {
    const state = states[asked++];
    const stats = state === undefined ? [] : [["D1", { type: "data-channel", state }]] as const;
    return Promise.resolve(new Map<string, unknown>([["T1", { type: "transport" }], ...stats]));
  };
  return { connection: { getStats } as unknown as RTCPeerConnection, asked: () => asked };
}

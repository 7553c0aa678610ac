import { makeSocketPair } from "../support/socket_pair.ts";
import { channelConformance } from "./channel.ts";

for (const end of ["client", "server"] as const) {
  for (const { name, run } of channelConformance(`WebSocket ${end}`, () => makeSocketPair(end))) {
    Deno.test(name, run);
  }
}

// A page that is a member of the library in its URL: `?library=…`.

import { WebGroup } from "../../mod.ts";
import { bareRtc } from "./bare_rtc.ts";
import type { Join } from "./member.ts";
import { netflux4 } from "./netflux4.ts";
import { netflux5, netflux5Channel } from "./netflux5.ts";
import { peerjs } from "./peerjs.ts";
import { Player } from "./player.ts";
import { socketIo } from "./socket_io.ts";
import { trystero } from "./trystero.ts";

const LIBRARIES: Readonly<Record<string, Join>> = {
  bare: bareRtc(RTCPeerConnection),
  "bare unreliable": bareRtc(RTCPeerConnection, { ordered: false, maxRetransmits: 0 }),
  netflux: netflux5(WebGroup),
  "netflux latest": netflux5Channel(WebGroup, "latest"),
  "netflux unreliable": netflux5Channel(WebGroup, "unreliable"),
  netflux4,
  trystero,
  peerjs,
  "socket.io volatile": socketIo,
};

const name = new URL(location.href).searchParams.get("library") ?? "";
const join = LIBRARIES[name];
if (join === undefined) throw new RangeError(`Cannot run ${name}: no such library`);
Object.assign(globalThis, { player: new Player(join) });

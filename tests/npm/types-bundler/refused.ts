// Code that must not compile: each of these lines is wrong.

// @ts-expect-error: a page has no bots
import { Bot, WebGroup } from "netflux";
import { Bot as BotOfServers } from "netflux/bot";
import { Sigver } from "netflux/sigver";

// @ts-expect-error: no such option
export const group = new WebGroup({ signalingURL: "wss://signaling.example.org" });

// @ts-expect-error: a number is no data
group.send(1);

// @ts-expect-error: ids are numbers
group.sendTo("1", "hello");

// @ts-expect-error: no such event
group.addEventListener("messages", () => {});

// @ts-expect-error: what comes may be a string
group.onMessage = (_id: number, data: Uint8Array) => data;

// @ts-expect-error: it cannot be set
group.myId = 1;

// @ts-expect-error: a port is no server
new BotOfServers({ server: 8000 });

// @ts-expect-error: it is not there
export const { rooms } = new Sigver();

export { Bot };

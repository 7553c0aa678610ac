// `probe.ts SERVER OTHER`, the two addresses of a STUN server, detects the NAT of its host, and
// prints a `Finding` as JSON.

import { createSocket } from "node:dgram";
import type { Nat } from "./kinds.ts";
import { print } from "../chaos/commands.ts";
import { bindingRequest, type From, readBinding } from "./stun.ts";

/** Another kind of NAT may filter by address without the port. */
export interface Finding {
  readonly mapping: Nat["mapping"];
  readonly filtering: Nat["filtering"] | "address-dependent";
}

/** All runs on one machine, so replies arrive within this time. */
const WAIT_MS = 3_000;
/** UDP may lose a request: each is repeated. */
const ASK_EVERY_MS = 250;
const STUN_PORT = 3478;

if (import.meta.main) {
  const [server = "", other = ""] = Deno.args;
  print(JSON.stringify(await probe(server, other)));
}

/** Asks both addresses with one socket; for another socket, the server replies from elsewhere. */
async function probe(server: string, other: string): Promise<Finding> {
  const [mapped, answered] = await Promise.all([
    ask([[server, "here"], [other, "here"]]),
    ask([[server, "here"], [server, "another port"], [server, "elsewhere"]]),
  ]);
  return { mapping: mappingOf(mapped), filtering: filteringOf(answered) };
}

/** The external address of a socket in each reply; `undefined` without a reply. */
async function ask(questions: readonly (readonly [string, From])[]): Promise<Answers> {
  const answers: (string | undefined)[] = questions.map(() => undefined);
  const socket = createSocket("udp4");
  socket.on("message", (bytes) => {
    const answer = readBinding(bytes);
    if (answer !== undefined) answers[answer.id] = answer.address;
  });
  // The system may report blocked UDP.
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const send = () =>
    questions.forEach(([host, from], id) => {
      if (answers[id] === undefined) socket.send(bindingRequest(id, from), STUN_PORT, host);
    });
  send();
  const timer = setInterval(send, ASK_EVERY_MS);
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  clearInterval(timer);
  socket.close();
  return answers;
}

type Answers = readonly (string | undefined)[];

function mappingOf([one, other]: Answers): Finding["mapping"] {
  if (one === undefined || other === undefined) return undefined;
  return one === other ? "independent" : "dependent";
}

function filteringOf([asked, otherPort, elsewhere]: Answers): Finding["filtering"] {
  if (asked === undefined) return undefined;
  if (elsewhere !== undefined) return "independent";
  return otherPort === undefined ? "dependent" : "address-dependent";
}

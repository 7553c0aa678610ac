/** A signaling server for all tests. */

import { createHandler, listen, Sigver } from "netflux/sigver";

export default async function setup(project) {
  const sigver = new Sigver();
  const server = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
  project.provide("signalingServer", `ws://127.0.0.1:${server.port}`);
  return async () => {
    sigver.close();
    await server.close();
  };
}

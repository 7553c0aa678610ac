/** A signaling server for all tests. */

const { createHandler, listen, Sigver } = require("netflux/sigver");

module.exports = async () => {
  const sigver = new Sigver();
  const server = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
  process.env.SIGNALING_SERVER = `ws://127.0.0.1:${server.port}`;
  globalThis.closeSigver = () => {
    sigver.close();
    return server.close();
  };
};

/** The types for CommonJS: the same names, by the other entry. */

import http = require("node:http");
import netflux = require("netflux");
import sigver = require("netflux/sigver");

const server: http.Server = http.createServer();
const options: netflux.BotOptions = { server, leaveOnceAlone: false };
export const bot = new netflux.Bot(options);
export const group: netflux.WebGroup = new netflux.WebGroup({ autoRejoin: false });
export const load: sigver.SigverLoad = new sigver.Sigver().load;

group.onMessage = (id: number, data: netflux.DataType) => group.sendTo(id, data);

// @ts-expect-error: a number is no data
group.send(1);

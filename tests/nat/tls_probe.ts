/**
 * Asks a STUN server over TLS what this host is called: `tls_probe.ts ADDRESS NAME FILE`, the name
 * and the certificate that it has to show. It prints the answer, a line.
 *
 * @module
 */

import { print } from "../chaos/commands.ts";
import { bindingRequest, readBinding } from "./stun.ts";

/** The port of HTTPS, which passes nearly everywhere. */
const PORT = 443;

const [address = "", name = "", file = ""] = Deno.args;
const plain = await Deno.connect({ hostname: address, port: PORT });
const caCerts = [await Deno.readTextFile(file)];
const connection = await Deno.startTls(plain, { hostname: name, caCerts });
await connection.write(bindingRequest(1, "here"));
const bytes = new Uint8Array(1_500);
const length = await connection.read(bytes) ?? 0;
print(readBinding(bytes.subarray(0, length))?.address ?? "no answer");
connection.close();

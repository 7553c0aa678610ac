// `tls_probe.ts ADDRESS NAME FILE` asks a STUN server over TLS for the address of this host, and
// prints it. The server has to present the certificate in FILE for NAME.

import { print } from "../chaos/commands.ts";
import { bindingRequest, readBinding } from "./stun.ts";

/** The port of HTTPS, which few firewalls block. */
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

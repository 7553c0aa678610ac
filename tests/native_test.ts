/**
 * All tests that use node-datachannel, in one module: `deno test` runs each module in an isolate of
 * its own, and a second one that loads and uses it takes the process down. Nothing else may load
 * it.
 *
 * @module
 */

import "./conformance/cross_runtime.ts";
import "./conformance/native.ts";
import "./transport/rtc_dial.ts";

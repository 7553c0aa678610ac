import { DOCUMENT_ROWS } from "./document_rows.ts";
import { EXAMPLE_ROWS } from "./example_rows.ts";
import { FRAMEWORK_ROWS } from "./framework_rows.ts";
import { PACKAGE_ROWS } from "./package_rows.ts";
import { PAGE_ROWS } from "./page_rows.ts";
import { PROGRAM_ROWS } from "./program_rows.ts";
import { RECIPE_ROWS } from "./recipe_rows.ts";
import { SERVER_ROWS } from "./server_rows.ts";
import { TESTING_ROWS } from "./testing_rows.ts";
import type { Row } from "./stage.ts";

export const ROWS: readonly Row[] = [
  ...PACKAGE_ROWS,
  ...PROGRAM_ROWS,
  ...PAGE_ROWS,
  ...FRAMEWORK_ROWS,
  ...DOCUMENT_ROWS,
  ...RECIPE_ROWS,
  ...EXAMPLE_ROWS,
  ...SERVER_ROWS,
  ...TESTING_ROWS,
];

// CommonJS: bundled with splitting, `await import("undici")` has a default export only. This file is what is imported lazily.
import { request } from "undici";

/** One HTTP request, without redirects. */
export const httpRequest = request;

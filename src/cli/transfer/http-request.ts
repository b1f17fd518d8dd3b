// This file is what is imported lazily: the library is large.
import { request } from "undici";

/** One HTTP request, without redirects. */
export const httpRequest = request;

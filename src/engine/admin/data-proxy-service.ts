import type { ServiceHandlers } from "../service.ts";
import type { AdminDeps } from "./admin-deps.ts";
import { bindHandlers } from "./bind-handlers.ts";
import { createDownloadLink, createDownloadLocation } from "./data/create-download-link.ts";
import { createUploadLocation } from "./data/create-upload-location.ts";
import { getUrlData } from "./data/get-url-data.ts";

/** flyteidl.service.DataProxyService. */
export function createDataProxyService(deps: AdminDeps): ServiceHandlers {
  return {
    service: "flyteidl.service.DataProxyService",
    unary: bindHandlers(deps, {
      CreateUploadLocation: createUploadLocation,
      CreateDownloadLocation: createDownloadLocation,
      CreateDownloadLink: createDownloadLink,
      GetData: getUrlData,
    }),
  };
}

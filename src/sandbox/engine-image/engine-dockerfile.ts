/**
 * How the engine's image is made of a base with Node. The numbers are the user that manifests run it as; HOME is where a
 * read-only root has a file system that is not.
 */
export const engineDockerfile = `ARG BASE
FROM \${BASE}
COPY root/ /
ENV NODE_ENV=production HOME=/tmp
WORKDIR /opt/flyte
USER 1000:1000
# A base without Node, or with an old one, is found out now and not in the cluster.
RUN ["/usr/local/bin/flyte", "--version"]
ENTRYPOINT ["/usr/local/bin/flyte"]
CMD ["serve", "--config", "/etc/flyte/flyte.yaml"]
`;

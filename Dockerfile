# Images of Sluice, and of a stock Envoy with the suite's filters.
#
#   docker build -t sluice .                        the host
#   docker build -t sluice-envoy --target envoy .   Envoy
#
# Any image with glibc and `node` on its PATH will do as a base; the build stage wants npm, too.
ARG BUILD_BASE=docker.io/library/node:26-slim
ARG BASE=docker.io/library/node:26-slim
ARG ENVOY_BASE=docker.io/envoyproxy/envoy:distroless-v1.40-latest

# /image is what the images hold. A folder that has it takes the place of this stage with `--build-context build=FOLDER`, where
# nothing can be downloaded (tools/image-content.ts makes one).
FROM ${BUILD_BASE} AS build
WORKDIR /src
COPY . .
RUN npm run build && npm run node -- tools/image-content.ts /image

FROM ${ENVOY_BASE} AS envoy
COPY --from=build /image/filters /filters
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/envoy"]
CMD ["-c", "/etc/sluice/envoy.yaml", "--disable-hot-restart"]

FROM ${BASE} AS sluice
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="A reverse proxy that runs Proxy-Wasm filters in its hot path" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
# The root file system may be read-only: only modules out of registries are kept, for the next start.
ENV NODE_ENV=production SLUICE_CACHE=/tmp/sluice SLUICE_ADMIN=127.0.0.1:9901
USER 65532:65532
EXPOSE 10000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=2 \
  CMD ["node", "-e", "fetch('http://' + process.env.SLUICE_ADMIN + '/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell between: the host is process 1, gets the signals, and its exit code is the container's.
ENTRYPOINT ["node", "/app/node_modules/sluice/cli/main.js"]
CMD ["run", "-c", "/etc/sluice/envoy.yaml"]

# Build: the pinned runtime from its npm package, dependencies as locked, one file for each process.
FROM node:24-bookworm-slim AS build
RUN npm install --global deno@2.9.6 \
  && cp "$(find "$(npm root --global)/deno" -type f -name deno -size +1M -print -quit)" /usr/local/bin/deno-runtime
WORKDIR /src
COPY deno.json deno.lock ./
COPY src ./src
COPY actors ./actors
COPY scripts ./scripts
RUN deno ci && deno task bundle

# Run: glibc, the runtime, three bundles and the script that starts them. No package cache, not root.
FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin mallard \
  && mkdir -p /var/lib/mallard /etc/mallard && chown mallard: /var/lib/mallard && chmod 700 /var/lib/mallard
COPY --from=build /usr/local/bin/deno-runtime /usr/local/bin/deno
COPY --from=build /src/dist /opt/mallard
RUN ln -s /opt/mallard/mallard.sh /usr/local/bin/mallard
ENV DENO_NO_UPDATE_CHECK=1 DENO_DIR=/tmp/deno MALLARD_DATADIR=/var/lib/mallard
USER mallard
VOLUME /var/lib/mallard
EXPOSE 25 465 587 143 993 110 995 4190 443 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["mallard", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["mallard"]
CMD ["serve", "--config", "/etc/mallard/mallard.jsonc"]

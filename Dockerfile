# Two images: ejabberd, and vtn, which is the last and so the default.

# The sources of the binary. A change of ejabberd's files does not rebuild it.
FROM golang:1.26-bookworm AS source
COPY . /src
RUN rm -rf /src/ejabberd

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY --from=source /src ./
# The tag or commit that "vtn-xmpp version" prints: the repository itself is not in the build.
ARG VERSION=unknown
RUN --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w -X main.built=$VERSION" -o /out/vtn-xmpp ./cmd/vtn-xmpp && mkdir /out/data

# Debian's ejabberd, which the tests use as well.
FROM debian:bookworm-slim AS ejabberd
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ejabberd tini \
 && rm -rf /var/lib/apt/lists/* /etc/ejabberd/ejabberd.pem
# Outside of the volume, so that a new image brings new modules.
ENV CONTRIB_MODULES_PATH=/usr/local/lib/ejabberd-modules
RUN --mount=source=ejabberd,target=/src /src/install-modules
COPY --chown=root:ejabberd --chmod=640 ejabberd/ejabberd.yml /etc/ejabberd/ejabberd.yml
COPY --chmod=644 ejabberd/ejabberdctl.cfg /etc/default/ejabberd
COPY --chmod=755 ejabberd/run-container /usr/local/bin/run-container
USER ejabberd
WORKDIR /var/lib/ejabberd
VOLUME /var/lib/ejabberd
EXPOSE 5222 5347
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s CMD ["ejabberdctl", "status"]
# The first process of a container gets no signal before it has a handler for it; tini has handlers from its start on.
ENTRYPOINT ["tini", "--", "run-container"]
ARG VERSION=unknown
LABEL org.opencontainers.image.version=$VERSION

FROM scratch AS vtn
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/vtn-xmpp /usr/local/bin/vtn-xmpp
COPY --from=build --chown=65532:65532 /out/data /var/lib/vtn
ENV PATH=/usr/local/bin
USER 65532:65532
WORKDIR /var/lib/vtn
VOLUME /var/lib/vtn
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s CMD ["vtn-xmpp", "health"]
ENTRYPOINT ["vtn-xmpp"]
CMD ["serve"]
ARG VERSION=unknown
LABEL org.opencontainers.image.version=$VERSION

# Both images: `docker build --target controller .` and `docker build --target agent .`. Whatever
# the target's architecture, everything is compiled on the builder's own.
#
# By --build-arg: a base image of another origin in place of a default, JSR_URL for a mirror of JSR,
# and WARM_IMAGES_OFFLINE=1 to build without JSR, with the stand-ins in tests/offline, which is not
# for a release.
ARG DENO_IMAGE=docker.io/denoland/deno:2.9.6@sha256:2014dc167ece617ef7e7ba40631ac2234c59e75ce693e7cc2dc2602b3c87859d
ARG GO_IMAGE=docker.io/library/golang:1.26.8-bookworm@sha256:9fdc884aacc3bec89b20ffc69f4bb369c78210e3e4f600387b5128b12c199f81
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:latest@sha256:e5d81ddde149641e2a9ba55be4545bc125c67de07508b03ba4c22e6eb0ded5aa

FROM --platform=$BUILDPLATFORM ${DENO_IMAGE} AS sources
WORKDIR /src
COPY . .

FROM sources AS controller-program
ARG TARGETARCH
ARG WARM_IMAGES_OFFLINE
ARG JSR_URL
RUN case "$TARGETARCH" in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; esac; \
    deno run -A mod/build/build.ts --program controller --only "$machine" --out /out \
    && mv /out/warm-images-controller-* /out/warm-images-controller

FROM ${BASE_IMAGE} AS controller
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="warm-images controller" \
      org.opencontainers.image.description="Finds out which images a cluster may need soon" \
      org.opencontainers.image.source="https://github.com/kubernetes-warm-images/kubernetes-warm-images" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=controller-program /out/warm-images-controller /usr/local/bin/warm-images-controller
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/warm-images-controller"]

# The 2.3 line is supported until 2028; it pulls for daemons from 1.6 to 2.x.
FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS ctr
ARG CTR_VERSION=v2.3.7
ARG TARGETARCH
RUN CGO_ENABLED=0 GOARCH="$TARGETARCH" go install -trimpath \
      -ldflags "-s -w -X github.com/containerd/containerd/v2/version.Version=${CTR_VERSION#v}" \
      "github.com/containerd/containerd/v2/cmd/ctr@$CTR_VERSION" \
    && mkdir /out \
    && find /go/bin -name ctr -exec mv {} /out/ctr \;

FROM sources AS agent-program
ARG TARGETARCH
ARG WARM_IMAGES_OFFLINE
ARG JSR_URL
RUN case "$TARGETARCH" in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; esac; \
    deno run -A mod/build/build.ts --program agent --only "$machine" --out /out \
    && mv /out/warm-images-agent-* /out/warm-images-agent

FROM ${BASE_IMAGE} AS agent
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="warm-images agent" \
      org.opencontainers.image.description="Keeps the images a node may need soon present on it" \
      org.opencontainers.image.source="https://github.com/kubernetes-warm-images/kubernetes-warm-images" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=ctr /out/ctr /usr/local/bin/ctr
COPY --from=agent-program /out/warm-images-agent /usr/local/bin/warm-images-agent
# containerd's socket belongs to root.
USER 0:0
ENTRYPOINT ["/usr/local/bin/warm-images-agent"]

# syntax=docker/dockerfile:1
# Boxoffice in a container: one static binary, no shell, no root.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t boxoffice .
#   docker run --rm -v boxoffice:/data boxoffice init      # a configuration and a catalog, to be edited
#   docker run -p 8080:8080 -v boxoffice:/data --env-file boxoffice.env boxoffice

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
ARG VERSION=dev
ARG REVISION=
# timetzdata puts the time zones into the binary: the image has none.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.version=${VERSION} -X main.revision=${REVISION}" -o /out/boxoffice ./cmd/boxoffice
RUN install -d -m 0700 -o 65532 -g 65532 /out/data && install -d -m 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/boxoffice /usr/local/bin/boxoffice
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
ENV PATH=/usr/local/bin \
    BOXOFFICE_STORAGE=bolt:/data/boxoffice.db \
    BOXOFFICE_CATALOG=/data/catalog.yaml
WORKDIR /data
VOLUME /data
USER 65532:65532
EXPOSE 8080
# Asks the running service itself; the image has no curl.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/usr/local/bin/boxoffice", "doctor", "--live"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/boxoffice"]
CMD ["serve"]

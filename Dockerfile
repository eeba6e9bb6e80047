# syntax=docker/dockerfile:1
# Two stages: the compilers stay behind. The result runs as an ordinary user on a read-only root; what it writes is below
# /var/lib/simpletuner (a volume) and /tmp.
FROM node:24-trixie-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-trixie-slim
# What makes and restores backups of PostgreSQL (up to 17), MySQL and MariaDB.
RUN apt-get update \
 && apt-get install -y --no-install-recommends mariadb-client postgresql-client \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 simpletuner \
 && useradd --uid 10001 --gid simpletuner --home-dir /var/lib/simpletuner --create-home simpletuner
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-semi-space-size=4 \
    PATH="/app/bin:${PATH}" \
    SIMPLETUNER_HOME=/var/lib/simpletuner \
    SIMPLETUNER_HOST=0.0.0.0
RUN ln -s simpletuner-cloud.js bin/simpletuner-cloud
USER 10001:10001
VOLUME /var/lib/simpletuner
EXPOSE 8080 8001
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/api/cloud/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]

// A real Jaeger, to look at traces through its query API. Not among what `npm test` provisions: it takes minutes to build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../free-ports.ts';
import { type ServerProcess, serverFolder, startServer } from '../server-process.ts';
import { ownGoTool } from '../tools/go-tool.ts';
import type { Tool } from '../tools/tool.ts';

/** Its main module has replace directives, so that `go install` refuses it; our go.mod repeats them. */
export const jaeger: Tool = {
  ...ownGoTool({
    name: 'jaeger',
    folder: 'test/infra/jaeger',
    path: 'github.com/jaegertracing/jaeger/cmd/jaeger',
    version: '1.76.0',
    timeoutMs: 60 * 60_000,
  }),
  versionArguments: ['version'],
};

export interface JaegerServer extends ServerProcess {
  /** Takes OTLP over HTTP: `http://127.0.0.1:<port>` */
  otlpUrl: string;
  /** `http://127.0.0.1:<port>`; the API is below /api. */
  queryUrl: string;
}

/** Keeps traces in memory, on free ports; `jaeger` has to be provisioned. */
export async function startJaeger(): Promise<JaegerServer> {
  const folder = serverFolder('jaeger');
  const [otlp = 0, query = 0, queryGrpc = 0] = await freePorts(3);
  const configuration = join(folder.path, 'jaeger.yaml');
  writeFileSync(configuration, JSON.stringify(configurationFor({ otlp, query, queryGrpc })));
  const server = await startServer(jaeger.program, ['--config', configuration], (output) =>
    output.includes('Everything is ready') ? true : undefined,
  );
  return {
    pid: server.pid,
    otlpUrl: `http://127.0.0.1:${otlp}`,
    queryUrl: `http://127.0.0.1:${query}`,
    kill: server.kill,
    stop: () => server.stop().then(folder.remove),
  };
}

/** YAML is a superset of JSON. */
function configurationFor(ports: { otlp: number; query: number; queryGrpc: number }) {
  const at = (port: number) => ({ endpoint: `127.0.0.1:${port}` });
  return {
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: {
        traces: { receivers: ['otlp'], processors: [], exporters: ['jaeger_storage_exporter'] },
      },
      telemetry: { metrics: { level: 'none' }, logs: { level: 'info' } },
    },
    extensions: {
      jaeger_storage: { backends: { memory: { memory: { max_traces: 10_000 } } } },
      jaeger_query: { storage: { traces: 'memory' }, http: at(ports.query), grpc: at(ports.queryGrpc) },
    },
    receivers: { otlp: { protocols: { http: at(ports.otlp) } } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
  };
}

// How frames of a stream are told apart on the wire.

export interface Framing {
  readonly contentType: string;
  /** One frame of JSON; `event` is its name where the framing has names. */
  frame(json: string, event?: string): string;
  /** Noise that a reader has to skip. */
  readonly comment: string;
  readonly ping: string;
  readonly unknownEvent: string;
  /** A frame whose JSON is broken off. */
  readonly malformed: string;
}

function serverSentEvents(newline: string): Framing {
  const frame = (json: string, event?: string) =>
    `${event === undefined ? '' : `event: ${event}${newline}`}data: ${json}${newline}${newline}`;
  return {
    contentType: 'text/event-stream; charset=utf-8',
    frame,
    comment: `: keep-alive${newline}${newline}`,
    ping: frame('{"type":"ping"}', 'ping'),
    unknownEvent: frame('{"type":"weather.changed","note":"not for you"}', 'weather.changed'),
    malformed: frame('{"broken":[1,{"half":"of a'),
  };
}

export const sse = serverSentEvents('\n');
export const sseWithCrlf = serverSentEvents('\r\n');

export const ndjson: Framing = {
  contentType: 'application/x-ndjson',
  frame: (json) => `${json}\n`,
  comment: '\n',
  ping: '\n',
  unknownEvent: '{"type":"weather.changed","note":"not for you"}\n',
  malformed: '{"broken":[1,{"half":"of a\n',
};

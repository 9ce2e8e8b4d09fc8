// A server in a process of its own, so that it can be killed: node limit-server.ts <port>. Prints its port.
import { suiteOffers, waitForEver } from '../contract/harness.ts';
import { admitResponse } from '../contract/messages.ts';
import { startGrpcServer } from '../grpc/server.ts';

const offers = suiteOffers({
  async admit({ callId }, { signal }) {
    if (callId !== 'held') return admitResponse();
    console.log('held');
    return waitForEver(signal);
  },
});
const port = Number(process.argv[2] ?? 0);
const server = await startGrpcServer({ host: '127.0.0.1', port, offers, onError: console.error });
console.log(server.port);

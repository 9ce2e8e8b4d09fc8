import { run } from '@waybill/service';
import { rateLimitService } from './service.ts';

await run([rateLimitService]);

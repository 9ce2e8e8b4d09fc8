export { rateLimitService } from './service.ts';

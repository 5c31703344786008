import { AppError } from '../errors.ts'
import { isFromForeignPage, isFromHere } from '../http/from-here.ts'

/**
 * Lets in this machine's own programs, and the server's own pages. A web page from elsewhere could otherwise drive the server
 * of whoever looks at it.
 * @param peer the address that the request's connection comes from
 * @throws FORBIDDEN
 */
export function refuseStrangers(request: Request, peer: string | undefined): void {
  if (!isFromHere(request, peer))
    throw new AppError('FORBIDDEN', '/_dev is asked from this machine only, at a loopback address')
  if (isFromForeignPage(request))
    throw new AppError('FORBIDDEN', '/_dev is for programs and this server’s own pages')
}

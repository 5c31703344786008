import { AppError } from '../errors.ts'
import { isFromForeignPage, isFromHere } from '../http/from-here.ts'
import { namesOurHost } from './our-host.ts'
import type { Session, Sessions } from './sessions.ts'

const CSRF_HEADER = 'X-CSRF-Token'

/** Who is let in: by a link's session, or under --dev by being on this machine. */
export type Visitor = Session & {
  /** What the cookie holds; null: none was needed. */
  token: string | null
}

type Parts = {
  sessions: Pick<Sessions, 'find'>
  /** Where clients find the server; null: where it listens. */
  publicUrl: string | null
  /** The one for whom this machine's own browser is let in without a link; null: nobody is. */
  localOperator: string | null
}

/** Decides who may ask the dashboard anything. No other page than its own may, whoever is signed in. */
export function createGuard({ sessions, publicUrl, localOperator }: Parts) {
  const localCsrf = crypto.randomUUID()

  return {
    /** @throws FORBIDDEN under a host that is not ours */
    refuseForeignHost(request: Request): void {
      if (!namesOurHost(request, publicUrl))
        throw new AppError('FORBIDDEN', 'The dashboard is not known by this host; serve with --public-url')
    },

    /** Of all but the page itself, to which links may lead from anywhere. @throws FORBIDDEN for a page from elsewhere */
    refuseForeignPage(request: Request): void {
      if (isFromForeignPage(request, publicUrl))
        throw new AppError('FORBIDDEN', 'The dashboard answers its own page only')
    },

    /** Of a request that is not foreign. @param peer the address its connection comes from */
    visitorOf(request: Request, peer: string | undefined): Visitor | null {
      for (const token of tokensIn(request)) {
        const session = sessions.find(token)
        if (session) return { ...session, token }
      }
      if (localOperator === null || !isFromHere(request, peer) || isFromForeignPage(request)) return null
      return { operator: localOperator, csrf: localCsrf, expiresAt: Number.POSITIVE_INFINITY, token: null }
    },

    /** What may change something: only the page knows the token. @throws FORBIDDEN */
    refuseForged(request: Request, { csrf }: Visitor): void {
      const sent = Buffer.from(request.headers.get(CSRF_HEADER) ?? '')
      const own = Buffer.from(csrf)
      if (sent.length === own.length && crypto.timingSafeEqual(sent, own)) return
      throw new AppError('FORBIDDEN', `The ${CSRF_HEADER} of this session is missing; load the page again`)
    },
  }
}

/**
 * @param request the one that is answered with it
 * @param session null: the browser is to forget it
 * @param isHttps whether the browser speaks https with us or a proxy of ours
 */
export function cookieOf(
  request: Request,
  session: { token: string; lifetimeMs: number } | null,
  isHttps: boolean,
): string {
  const value = `${cookieName(request)}=${session?.token ?? ''}; Max-Age=${Math.floor((session?.lifetimeMs ?? 0) / 1000)}`
  return `${value}; Path=/dashboard; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`
}

/**
 * What the browser's cookies hold, its own first: also those of other servers on this host, which open nothing here, and of this
 * one when it had another port.
 */
export function tokensIn(request: Request): string[] {
  const own = cookieName(request)
  const cookies = [...(request.headers.get('cookie') ?? '').matchAll(COOKIES)]
  return cookies
    .toSorted(([, a], [, b]) => Number(b === own) - Number(a === own))
    .slice(0, COOKIES_MAX)
    .flatMap(([, , token]) => token ?? [])
}

// --- internal ---

/** Each is looked up in the database, and whoever has no session may send hundreds. */
const COOKIES_MAX = 16

const COOKIES = /(?<=^|;\s*)(keyward_session(?:_\d+)?)=([\w-]{1,64})(?=;|$)/g

/** A browser keeps one cookie of a name for all ports of a host: to sign in at one server would sign out of the other. */
function cookieName({ url }: Request): string {
  const { port } = new URL(url)
  return port === '' ? 'keyward_session' : `keyward_session_${port}`
}

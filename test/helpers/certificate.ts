import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder } from './process.ts'

/** A self-signed certificate for one name, in PEM. */
export type Certificate = { name: string; cert: string; key: string }

export function certificateFor(name: string): Certificate {
  const folder = emptyFolder()
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const files = ['-keyout', keyFile, '-out', certFile]
  const { exitCode, stderr } = Bun.spawnSync(['openssl', 'req', '-x509', ...curve, ...subject, ...files])
  if (exitCode !== 0) throw new Error(`openssl: ${stderr.toString()}`)
  return { name, key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
}

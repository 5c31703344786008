import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import licences from 'spdx-license-list/full.js'

/** A part of the executable that others made. */
type Part = { name: string; licence: string; text: string }

/**
 * The licences of all that the executable carries besides Keyward. Called as a macro, so it reads node_modules while
 * the program is bundled, and the text is what the executable holds.
 * @throws Error for a package that names no licence, or one that has no text here.
 */
export function licenceTexts(): string {
  const root = join(import.meta.dir, '../..')
  const packages = dependenciesOf(root, readPackage(root)).map((of) => packagePart(root, of))
  return [...runtimeParts(), ...packages].map(section).join('\n')
}

// --- internal ---

type Package = {
  name: string
  version: string
  license?: string
  author?: string | { name: string }
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

/** What Bun links into the executable, by the licences that its own list of them names. */
const LINKED_BY_BUN = [
  'MIT',
  'LGPL-2.0-only',
  'LGPL-2.1-only',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ICU',
  'Zlib',
]

const BUN = `Keyward runs on Bun (https://github.com/oven-sh/bun), which is inside the executable. Bun is under the MIT
License, and links JavaScriptCore and WebCore (LGPL-2.0, https://github.com/oven-sh/webkit), tinycc (LGPL-2.1) and
other libraries under the licences below. LICENSE.md in its repository lists each with its source, and tells how to
link it with a changed JavaScriptCore.`

function runtimeParts(): Part[] {
  const linked = LINKED_BY_BUN.map((id) => `${id}\n\n${standardText(id)}`)
  return [
    { name: 'Bun', licence: 'MIT', text: [BUN, ...linked].join('\n\n') },
    { name: 'SQLite', licence: 'public domain', text: standardText('blessing') },
  ]
}

/** Every package that the program needs at run time, each once, by name. */
function dependenciesOf(folder: string, of: Package, found = new Map<string, Package>()): Package[] {
  for (const name of neededBy(folder, of)) {
    if (found.has(name)) continue
    const dependency = readPackage(join(folder, 'node_modules', name))
    found.set(name, dependency)
    dependenciesOf(folder, dependency, found)
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

function neededBy(folder: string, of: Package): string[] {
  const isOptionalPeer = (name: string) => of.peerDependenciesMeta?.[name]?.optional === true
  // Of the add-ons for each platform only this platform's is there, and goes into the executable.
  const isThere = (name: string) => existsSync(join(folder, 'node_modules', name))
  return [
    ...Object.keys(of.dependencies ?? {}),
    ...Object.keys(of.optionalDependencies ?? {}).filter(isThere),
    ...Object.keys(of.peerDependencies ?? {}).filter((name) => !isOptionalPeer(name)),
  ]
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

const OWN_LICENCE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i

/** What a package tells of others' software that was bundled into it, as webpack writes it: swagger-ui-bundle.js.LICENSE.txt. */
const NOTICES_OF_BUNDLE = /-bundle\.js\.license\.txt$/i

function packagePart(folder: string, { name, version, license, author }: Package): Part {
  if (!license) throw new Error(`the package ${name} names no licence`)
  const own = readdirSync(join(folder, 'node_modules', name))
    .filter((file) => OWN_LICENCE.test(file) || NOTICES_OF_BUNDLE.test(file))
    .map((file) => readFileSync(join(folder, 'node_modules', name, file), 'utf8').trim())
  const holder = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`)
  const text =
    own.length > 0 ? [...new Set(own)].join('\n\n') : `Copyright (c) ${holder}\n\n${standardText(license)}`
  return { name: `${name} ${version}`, licence: license, text }
}

/** @throws Error for an identifier that SPDX does not list */
function standardText(id: string): string {
  const text = licences[id]?.licenseText
  if (!text) throw new Error(`the SPDX list has no licence ${id}`)
  return text.trim()
}

function section({ name, licence, text }: Part): string {
  return `${'='.repeat(100)}\n${name} (${licence})\n${'='.repeat(100)}\n\n${text}\n`
}

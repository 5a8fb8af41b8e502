import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm'
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs'

/**
 * What an XML schema of UBL 2.1 has against a document, as libxml2 words it. `folder` has `maindoc` and `common` in
 * it, as `xsd` and `xsdrt` of the standard's package have. Throws when a schema is not there or is none.
 */
export function schemaMistakes(xml: string, folder: string): string[] {
  const document = XmlDocument.fromString(xml)
  try {
    const file = join(folder, 'maindoc', `UBL-${document.root.name}-2.1.xsd`)
    return mistakesBy(file, document)
  } finally {
    document.dispose()
  }
}

function mistakesBy(file: string, document: XmlDocument): string[] {
  // A schema takes in those beside it, by their place.
  xmlRegisterFsInputProviders()
  const schema = XmlDocument.fromBuffer(readFileSync(file), { url: file })
  const validator = XsdValidator.fromDoc(schema)
  try {
    validator.validate(document)
    return []
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error
    return error.details.map(({ message }) => message.trim())
  } finally {
    validator.dispose()
    schema.dispose()
  }
}

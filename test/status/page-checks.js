// What a page is looked at for, run inside of it: each finding is a sentence.
;(() => {
  const flaws = []
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const brush = canvas.getContext('2d', { willReadFrequently: true })
  const parse = text => {
    brush.clearRect(0, 0, 1, 1)
    brush.fillStyle = text
    brush.fillRect(0, 0, 1, 1)
    const [r = 0, g = 0, b = 0, a = 0] = brush.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const luminance = ([r, g, b]) => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map(part => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
  const groundOf = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour[3] === 1) return colour
    }
    return [255, 255, 255, 1]
  }

  for (const element of document.body.querySelectorAll('*')) {
    const ownText = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent?.trim())
    if (!ownText || element.closest('svg')) continue
    const found = contrast(parse(getComputedStyle(element).color), groundOf(element))
    if (found < 4.5) flaws.push(`contrast ${found.toFixed(2)}: ${element.textContent?.trim().slice(0, 40)}`)
  }
  for (const shape of document.querySelectorAll('.bars rect:not(.hit)')) {
    const fill = getComputedStyle(shape).fill
    const ground = fill.startsWith('url')
      ? getComputedStyle(document.querySelector('.bad-ground')).fill
      : fill
    const found = contrast(parse(ground), groundOf(shape.closest('svg')))
    if (found < 3) flaws.push(`contrast ${found.toFixed(2)} of a bar ${shape.getAttribute('class')}`)
  }
  for (const group of document.querySelectorAll('.bars g'))
    if (!group.querySelector('title')?.textContent) flaws.push('a bar without a text')
  for (const picture of document.querySelectorAll('svg'))
    if (!picture.getAttribute('aria-label') && picture.getAttribute('aria-hidden') !== 'true')
      flaws.push('a picture that is neither named nor hidden')
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
    flaws.push(`the page is ${document.documentElement.scrollWidth} wide`)
  for (const landmark of ['main', 'header', 'nav', 'footer', 'h1', 'html[lang]'])
    if (document.querySelectorAll(landmark).length !== 1) flaws.push(`not one ${landmark}`)
  let level = 0
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const own = Number(heading.tagName[1])
    if (own > level + 1) flaws.push(`a heading skips a level: ${heading.textContent}`)
    level = own
  }
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  if (new Set(ids).size !== ids.length) flaws.push('an id is there twice')
  for (const element of document.querySelectorAll('[aria-labelledby]'))
    if (!document.getElementById(element.getAttribute('aria-labelledby'))) flaws.push('a label leads nowhere')
  for (const field of document.querySelectorAll('input:not([type=hidden])'))
    if (!document.querySelector(`label[for="${field.id}"]`))
      flaws.push(`a field without a label: ${field.id}`)
  for (const target of document.querySelectorAll('button, input:not([type=hidden])'))
    if (target.getBoundingClientRect().height < 44) flaws.push('a target that is too small to touch')
  return flaws
})()

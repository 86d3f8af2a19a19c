"""The review desk: what people do with subtitles before they are rendered.

`papers` gathers what is on it, `originals` brings the vendor's texts, `reading` shows,
`approving`, `mending` and `sheets` write. Nothing here orders anything.
"""

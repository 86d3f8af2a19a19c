"""What people do with subtitles before they are rendered. Nothing here orders anything.

`selection` gathers the targets under review, `machine_text` brings HeyGen's texts, `status`
shows, `approve`, `fix_times` and `sheets` write.
"""

"""What stands in pictures and what they show: OCR, Amazon Rekognition, codes, frames of videos.

Pictures are unpacked in a process of their own (process.py asks, inside.py answers); lines.py puts
what OCR found into the order in which people read it.
"""

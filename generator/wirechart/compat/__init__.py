"""Whether a sender and a receiver of two specs understand each other, and if not, why. No files.

    octets        headers byte by byte, as far as they are known beforehand
    payloads      what one spec makes of the payload of another
    reading       what it makes of its requests and replies
    conversation  two machines of two specs, put together by what they read
    lanes         which connections meet, and what their first bytes are taken for
    troubles      what can go wrong in a conversation, nearest first
    restrict      the least that must not be sent, so that nothing does
    words         conditions and proofs in words
    verdict       all of it for one pair of specs
    matrix        all pairs
    legend        what is the same in several cells, by number
    as_*, page    text, Markdown, HTML, JSON; the files that a build keeps

Names do not count: the same code is the same message, whatever it is called on either side.
"""

# A guest that counts, entered as PVH says: 32 bits, no paging, flat segments. Each count goes to
# COUNT and to one of 256 pages, which must still hold what it got 256 counts ago; if not, the
# guest prints `!` and stops. It prints each 65,536th count on the first serial port: eight
# hexadecimal digits and a newline.

        .set COUNT, 0x200000
        .set STACK, 0x300000
        .set PAGES, 0x400000
        .set ROUND, 256
        .set DATA, 0x3f8                # the serial port's registers
        .set LINE_STATUS, 0x3fd
        .set EMPTY, 0x20                # of LINE_STATUS: it takes a byte
        .set PHYS32_ENTRY, 18

        .section .note.Xen, "a", @note
        .balign 4
        .long 4, 4, PHYS32_ENTRY        # bytes of name and value
        .asciz "Xen"
        .long begin

        .text
        .code32
        .globl begin
begin:
        movl $STACK, %esp
count:
        movl COUNT, %ebp
        incl %ebp
        movl %ebp, COUNT

        movl %ebp, %ecx                 # what the page must hold; in the first round nothing
        subl $ROUND, %ecx
        jae check
        xorl %ecx, %ecx
check:
        movl %ebp, %edi
        andl $ROUND - 1, %edi
        shll $12, %edi
        cmpl %ecx, PAGES(%edi)
        jne lost
        movl %ebp, PAGES(%edi)

        testw %bp, %bp
        jnz count

        movl $8, %ecx
digit:
        roll $4, %ebp
        movl %ebp, %eax
        andl $15, %eax
        movb digits(%eax), %al
        call print
        loop digit
        movb $'\n', %al
        call print
        jmp count

lost:
        movb $'!', %al
        call print
stop:
        cli
        hlt
        jmp stop

print:                                  # the byte in %al
        movb %al, %ah
        movw $LINE_STATUS, %dx
busy:
        inb %dx, %al
        testb $EMPTY, %al
        jz busy
        movb %ah, %al
        movw $DATA, %dx
        outb %al, %dx
        ret

digits:
        .ascii "0123456789abcdef"

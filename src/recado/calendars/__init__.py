"""When a business works: opening hours, holidays, and arithmetic with working time"""
